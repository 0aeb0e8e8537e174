// What happens when the page is there.

async function start() {
  copyableWhenOpened();
  const root = document.getElementById("explorer");
  const all = new Findings(await unpacked("index"));
  const accounts = new Accounts(all, document.getElementById("account-explorer"));
  if (root) {
    root.hidden = false;
    document.getElementById("findings-unlisted").hidden = true;
    document.getElementById("severities").hidden = true;
  }
  const explorer = root && new Explorer(all);
  explorer?.apply();
  const go = () => {
    const place = placeOf(location.hash);
    return explorer?.go(place) || accounts.open(place.name);
  };
  addEventListener("hashchange", go);
  performance.mark("shown");
  await new Promise((done) => { setTimeout(done, 0); });
  all.prepare();
  await go();
  performance.mark("interactive");
}

if (globalThis.DecompressionStream) {
  await start();
}
