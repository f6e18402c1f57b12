import * as api from './api.js';

/** A list that the server gives out in pages, the newest first. What was read stays; the newest page is read again. */
export class Pages {
  /**
   * What was read so far, the newest first.
   * @type {any[]}
   */
  items = [];
  #path;
  #size;
  #keyOf;
  #cursor = null;
  #reading = null;
  #isRead = false;

  /**
   * @param {string} path
   * @param {number} size of a page
   * @param {(item: any) => string} keyOf what tells an item from the others
   */
  constructor(path, size = 20, keyOf = ({ id }) => id) {
    this.#path = path;
    this.#size = size;
    this.#keyOf = keyOf;
  }

  /** Whether there are older ones that were not read. */
  get hasMore() { return this.#cursor !== null; }

  /** Reads the newest page, and returns it. */
  async refresh() {
    const page = await this.#page();
    const known = new Set(page.items.map(this.#keyOf));
    const older = this.items.filter((item) => !known.has(this.#keyOf(item)));
    // So many are new that some between them and the known ones were not read.
    const isApart = this.items.length > 0 && older.length === this.items.length && page.items.length > 0;
    if (!this.#isRead || isApart) this.#cursor = page.next_cursor;
    this.items = isApart ? page.items : [...page.items, ...older];
    this.#isRead = true;
    return page.items;
  }

  /** Reads one more page. Who asks meanwhile gets the same one. */
  more(size = this.#size) {
    this.#reading ??= this.#next(size).finally(() => { this.#reading = null; });
    return this.#reading;
  }

  /** Reads on until everything is known that is as new as `isWanted` says of the oldest one. */
  async while(isWanted) {
    if (!this.#isRead) await this.refresh();
    while (this.hasMore && (!this.items.length || isWanted(this.items.at(-1)))) await this.more(100);
  }

  async #next(size) {
    if (!this.hasMore) return;
    const asked = this.#cursor;
    const page = await this.#page(size, asked);
    // The list may have been read anew meanwhile.
    if (asked !== this.#cursor) return;
    const known = new Set(this.items.map(this.#keyOf));
    this.items = [...this.items, ...page.items.filter((item) => !known.has(this.#keyOf(item)))];
    this.#cursor = page.next_cursor;
  }

  /** @returns {Promise<{ items: any[], next_cursor: string | null }>} */
  #page(size = this.#size, cursor = null) {
    const query = new URLSearchParams({ limit: String(size), ...(cursor && { cursor }) });
    // Which list this is, only the caller knows.
    return /** @type {any} */ (api).get(`${this.#path}${this.#path.includes('?') ? '&' : '?'}${query}`);
  }
}
