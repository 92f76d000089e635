/** The live feed: a WebSocket that goes on after the last event it knows, and polling where sockets do not get through. */

const POLL_MS = 5000;
const AGAIN_MS = [500, 1000, 2000, 4000, 8000];
const LOGGED_OUT = 4401;

/** Follows the events from `cursor()`; `shown(live)` says whether the feed is there. Returns what stops it. */
export function follow({ cursor, frame, poll, shown, loggedOut }) {
  let socket = null;
  let stopped = false;
  let tries = 0;
  let soon = 0;
  const polling = setInterval(() => { if (socket?.readyState !== WebSocket.OPEN && navigator.onLine) poll(); }, POLL_MS);

  function connect() {
    clearTimeout(soon);
    if (stopped || socket) return;
    const mine = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/desk/ws`);
    socket = mine;
    mine.onopen = () => { tries = 0; mine.send(JSON.stringify({ after: cursor() })); shown(true); };
    mine.onmessage = (event) => mine === socket && frame(JSON.parse(event.data));
    mine.onclose = (event) => {
      if (mine !== socket) return;
      socket = null;
      if (stopped) return;
      shown(false);
      if (event.code === LOGGED_OUT) loggedOut();
      else again();
    };
  }

  function again() {
    clearTimeout(soon);
    soon = setTimeout(connect, AGAIN_MS[Math.min(tries++, AGAIN_MS.length - 1)]);
  }

  // A socket does not notice at once that the network is gone: the browser does.
  function offline() {
    const lost = socket;
    socket = null;
    lost?.close();
    shown(false);
    again();
  }

  function online() {
    tries = 0;
    connect();
  }

  addEventListener("offline", offline);
  addEventListener("online", online);
  connect();
  return () => {
    stopped = true;
    clearInterval(polling);
    clearTimeout(soon);
    removeEventListener("offline", offline);
    removeEventListener("online", online);
    socket?.close();
  };
}
