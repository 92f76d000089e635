/** The chat API's answer; `body` is posted. Throws {status, code, message, details, final}; offline, no status. */
export function call(host, path, { token, body, type = "json", seconds = 20, signal, progress } = {}) {
	return new Promise((resolve, reject) => {
		const http = new XMLHttpRequest(); // fetch does not tell how much has gone
		http.open(body ? "POST" : "GET", `${host.gateway}/api/chat/${path}`);
		http.responseType = type;
		http.timeout = seconds * 1000;
		http.setRequestHeader("Accept-Language", host.lang);
		if (token) http.setRequestHeader("Authorization", `Bearer ${token}`);
		if (progress) http.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
		else http.setRequestHeader("Content-Type", "application/json");
		http.onload = () => {
			const { status, response } = http;
			if (status < 300) return resolve(response);
			const final = status < 500 && ![401, 408, 429].includes(status);
			reject({ details: {}, ...response?.error, status, final });
		};
		http.onerror = http.onabort = http.ontimeout = reject;
		signal?.addEventListener("abort", () => http.abort());
		http.send(progress ? body : JSON.stringify(body));
	});
}
