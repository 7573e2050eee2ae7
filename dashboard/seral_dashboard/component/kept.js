// Where letters are kept until they are saved: on the disk where the browser can, each flushed at once (IndexedDB);
// else in the browser's own time (localStorage); else nowhere, and the page says so.

// A connection to a database with one store; null where the browser has none, or does not open it in time.
function openStore(name, store, keyPath, patience = 3000) {
  return new Promise((yes) => {
    setTimeout(() => yes(null), patience);
    try {
      const asked = indexedDB.open(name, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(store, { keyPath });
      asked.onsuccess = () => { asked.result.onversionchange = () => asked.result.close(); yes(asked.result); };
      asked.onerror = asked.onblocked = () => yes(null);
    } catch { yes(null); }
  });
}

// Resolves when the transaction has ended: with "strict", when it is on the disk.
function carriedOut(db, mode, durability, work) {
  return new Promise((yes, no) => {
    const [store] = db.objectStoreNames, turn = db.transaction(store, mode, { durability }), asked = work(turn.objectStore(store));
    turn.oncomplete = () => yes(asked.result);
    turn.onerror = turn.onabort = () => no(turn.error);
  });
}

class Kept {
  // `name` distinguishes raters and projects.
  constructor(name) { this.prefix = `seral-out:${name}:`; this.opened = openStore("seral-outbox", "letters", "key"); }
  // All letters in order, also those that an earlier version left: { key, safe, ...what was put }.
  async all() {
    const found = [], db = await this.opened;
    const take = (key, text, safe) => { try { found.push({ ...JSON.parse(text), key: key.slice(this.prefix.length), safe }); } catch { /* not ours */ } };
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith(this.prefix)) take(key, localStorage.getItem(key), "browser");
    } catch { /* a browser without storage */ }
    if (db) {
      const range = IDBKeyRange.bound(this.prefix, `${this.prefix}\uffff`);
      for (const { key, text } of await carriedOut(db, "readonly", "default", (store) => store.getAll(range)).catch(() => [])) take(key, text, "disk");
    }
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }
  // Resolves to how safe it is then: "disk", "browser", or "" where it lives as long as the page.
  async put(key, content) {
    const text = JSON.stringify(content), db = await this.opened;
    if (db) try { await carriedOut(db, "readwrite", "strict", (store) => store.put({ key: this.prefix + key, text })); return "disk"; } catch { /* closed, or full */ }
    try { localStorage.setItem(this.prefix + key, text); return "browser"; } catch { return ""; }
  }
  // `durability` is "strict" where the letter must not come back after a power failure.
  async remove(key, durability = "relaxed") {
    try { localStorage.removeItem(this.prefix + key); } catch { /* see above */ }
    const db = await this.opened;
    if (db) await carriedOut(db, "readwrite", durability, (store) => store.delete(this.prefix + key)).catch(() => {});
  }
}
