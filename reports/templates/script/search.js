// Full-text search: all messages and subjects are one text in lower case with a line for each finding.

const KEPT_WORDS = 16;

class Search {
  constructor(all) {
    this.all = all;
    // No name has a line break of its own: control characters were spelled out when the report was made.
    this.text = all.message.map((message, row) => `${message}\t${all.subject[row]}`).join("\n").toLowerCase();
    this.ends = new Uint32Array(all.count);
    let end = -1;
    for (let row = 0; row < all.count; row += 1) {
      end = this.text.indexOf("\n", end + 1);
      this.ends[row] = end < 0 ? this.text.length : end;
    }
    this.known = new Map();
    const lowered = (names) => names.join("\n").toLowerCase();
    this.checks = all.checks.map(lowered);
    this.accounts = all.accountIds.map((id, account) => lowered([all.accountNames[account], id]));
    this.subscriptions = all.subscriptions.map(lowered);
  }

  // A flag for each row: whether it has the word, in its own texts or in the names that it points to.
  rowsWith(word) {
    const flags = this.known.get(word) || this.find(word);
    this.known.delete(word);
    this.known.set(word, flags);
    if (this.known.size > KEPT_WORDS) {
      this.known.delete(this.known.keys().next().value);
    }
    return flags;
  }

  find(word) {
    const { all } = this;
    const found = this.inTexts(word);
    const having = (texts) => flagsOf(texts, (text) => text.includes(word));
    const [ofCheck, ofAccount, ofSubscription] = [this.checks, this.accounts, this.subscriptions].map(having);
    for (let row = 0; row < all.count; row += 1) {
      found[row] |= ofCheck[all.check[row]] | ofAccount[all.account[row]] | ofSubscription[all.subscription[row]];
    }
    this.addAcross(word, found);
    const named = all.rowOf(word);
    if (named >= 0) {
      found[named] = 1;
    }
    return found;
  }

  inTexts(word) {
    const found = new Uint8Array(this.all.count);
    let row = 0;
    for (let at = this.text.indexOf(word); at >= 0; at = this.text.indexOf(word, this.ends[row])) {
      while (this.ends[row] < at) {
        row += 1;
      }
      found[row] = 1;
    }
    return found;
  }

  // A subject is written without the id of its account: a part of an id can begin in the one and end in the other.
  addAcross(word, found) {
    const cuts = Array.from(word.matchAll(/\//g), (slash) => slash.index).filter((cut) => cut > 0);
    if (!cuts.length) {
      return;
    }
    const rests = this.accounts.map((id) => (
      cuts.filter((cut) => id.endsWith(word.slice(0, cut))).map((cut) => `~${word.slice(cut)}`)
    ));
    this.all.subject.forEach((subject, row) => {
      const [rest] = rests[this.all.account[row]] || [];
      if (rest && subject.toLowerCase().startsWith(rest)) {
        found[row] = 1;
      }
    });
  }
}

function flagsOf(values, test) {
  return Uint8Array.from(values, (value, number) => (test(value, number) ? 1 : 0));
}
