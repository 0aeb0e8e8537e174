// What happens when the page is there.

async function start() {
  copyableWhenOpened();
  const root = document.getElementById("explorer");
  const all = new Findings(await unpacked("index"));
  const accounts = new Accounts(all, document.getElementById("account-explorer"));
  const explorer = root && new Explorer(all);
  if (explorer) {
    root.hidden = false;
    document.getElementById("findings-unlisted").hidden = true;
    document.getElementById("severities").hidden = true;
    explorer.apply();
  }
  const go = () => {
    const place = placeOf(location.hash);
    return explorer?.go(place) || accounts.open(place.name);
  };
  addEventListener("hashchange", go);
  await go();
  performance.mark("interactive");
  // The first word that is searched for should not wait for this.
  setTimeout(() => {
    all.prepare();
    performance.mark("searchable");
  }, 0);
}

if (globalThis.DecompressionStream) {
  await start();
}
