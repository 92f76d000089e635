/** What this browser remembers for a member of staff: drafts, messages not sent yet, what was read, what is folded. */

const PREFIX = "tellonce.desk";

let owner = 0;

/** Whose memory it is: two people at one computer do not see each other's drafts. */
export const keepFor = (userId) => { owner = userId; };

export function recall(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(`${PREFIX}.${owner}.${name}`)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** `null` forgets it. A full or forbidden storage is no reason to stop working. */
export function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(`${PREFIX}.${owner}.${name}`);
    else localStorage.setItem(`${PREFIX}.${owner}.${name}`, JSON.stringify(value));
  } catch {
    // Only what survives a reload is lost.
  }
}

/** A map of at most `most` entries; the oldest are forgotten first. */
export function keptMap(name, most) {
  const map = new Map(recall(name, []));
  const save = () => {
    while (map.size > most) map.delete(map.keys().next().value);
    keep(name, [...map]);
  };
  return {
    get: (key) => map.get(key),
    set(key, value) {
      map.delete(key);
      if (value !== undefined) map.set(key, value);
      save();
    },
  };
}
