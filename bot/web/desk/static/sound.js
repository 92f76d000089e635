// A short tone when somebody waits; three when they have waited too long. Browsers allow it after the first click.

let audio = null;

// A page that was only reloaded has no sound until it is touched.
document.addEventListener("pointerdown", () => { audio ??= new AudioContext(); audio.resume(); }, { once: true });

export function ring(times) {
  try {
    audio ??= new AudioContext();
    for (let index = 0; index < times; index += 1) tone(audio.currentTime + index * 0.35);
  } catch {
    // No sound on this machine: the queue shows it all the same.
  }
}

function tone(at) {
  const oscillator = audio.createOscillator();
  const volume = audio.createGain();
  oscillator.frequency.value = 660;
  volume.gain.setValueAtTime(0.15, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.25);
  oscillator.connect(volume).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + 0.25);
}
