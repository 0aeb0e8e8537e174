// The index: columns of all findings. A finding is known by its row.

const FINGERPRINT = 32;

class Findings {
  constructor(index) {
    Object.assign(this, index);
    this.count = index.message.length;
    this.severity = Uint8Array.from(index.severity);
    this.accepted = Uint8Array.from(index.accepted);
    this.check = Uint16Array.from(index.check);
    this.account = Int32Array.from(index.account);
    this.subscription = Uint32Array.from(index.subscription);
    this.cause = Int32Array.from(index.cause);
    this.scenarios = Uint16Array.from(index.scenarios);
    this.orders = new Map();
  }

  severityOf(row) {
    return this.severities[this.severity[row]];
  }

  checkOf(row) {
    return this.checks[this.check[row]][0];
  }

  fingerprintOf(row) {
    return this.fingerprints.slice(row * FINGERPRINT, (row + 1) * FINGERPRINT);
  }

  rowOf(fingerprint) {
    let place = fingerprint.length === FINGERPRINT ? this.fingerprints.indexOf(fingerprint) : -1;
    while (place >= 0 && place % FINGERPRINT) {
      place = this.fingerprints.indexOf(fingerprint, place + 1);
    }
    return place < 0 ? -1 : place / FINGERPRINT;
  }

  accountIdOf(row) {
    return this.account[row] < 0 ? "" : this.accountIds[this.account[row]];
  }

  accountNameOf(row) {
    return this.account[row] < 0 ? "" : this.accountNames[this.account[row]];
  }

  subjectOf(row) {
    const subject = this.subject[row];
    return subject.startsWith("~") ? this.accountIdOf(row) + subject.slice(1) : subject;
  }

  scenariosOf(row) {
    return this.scenarioSets[this.scenarios[row]];
  }

  changeOf(row) {
    return this.change[row] || "";
  }

  // The rows that each cause explains.
  get effects() {
    const found = new Map();
    this.cause.forEach((cause, row) => {
      if (cause >= 0 && !found.get(cause)?.push(row)) {
        found.set(cause, [row]);
      }
    });
    Object.defineProperty(this, "effects", { value: found });
    return found;
  }

  // Make what the first question would have to wait for.
  prepare() {
    this.search = new Search(this);
    return [this.effects, this.ordered("check"), this.ordered("account")];
  }

  // All rows in the order that a reader asked for: worst first, and of one check what nothing explains first.
  ordered(order) {
    if (!this.orders.has(order)) {
      const first = { check: this.check, account: this.account }[order];
      const keys = new Float64Array(this.count);
      for (let row = 0; row < this.count; row += 1) {
        const rank = (this.severity[row] * this.checks.length + this.check[row]) * 2 + (this.cause[row] >= 0 ? 1 : 0);
        const ahead = first ? (first[row] + 1) * 16 * this.checks.length : 0;
        keys[row] = (ahead + rank) * this.count + row;
      }
      this.orders.set(order, Uint32Array.from(keys.sort(), (key) => key % this.count));
    }
    return this.orders.get(order);
  }
}
