// Tells a reader that what an open page shows has changed. Without it nothing is missing.
// One stream while the page can be seen: a browser has but six connections to a host.
"use strict";
{
  const place = document.querySelector("[data-live]");
  const said = document.querySelector("main").textContent;
  let shown = place.dataset.state;
  let told = shown;
  let stream = null;
  let timer = null;
  let notBefore = 0;

  const soon = () => {
    if (told === shown || timer || place.hasChildNodes()) return;
    // not all readers at once, and none more often than once a minute
    timer = setTimeout(look, Math.max(notBefore - Date.now(), Math.random() * 2000));
  };
  const look = async () => {
    timer = null;
    notBefore = Date.now() + 60000;
    // a request that accepts a stream is the page's own and keeps no session alive
    const headers = { Accept: "text/html, text/event-stream" };
    const answer = await fetch(location.href, { headers, redirect: "manual" }).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    shown = page.querySelector("[data-live]")?.dataset.state ?? told;
    if (page.querySelector("main").textContent === said) return soon();
    place.append(document.querySelector("#changed").content.cloneNode(true));
    place.querySelector("button").addEventListener("click", () => location.reload());
    close();
  };
  const close = () => {
    stream?.close();
    stream = null;
  };
  const turn = () => {
    if (document.hidden || place.hasChildNodes()) return close();
    if (stream) return;
    stream = new EventSource(place.dataset.live);
    stream.onmessage = (event) => {
      told = event.data;
      soon();
    };
  };
  document.addEventListener("visibilitychange", turn);
  addEventListener("pageshow", turn);
  addEventListener("pagehide", close);
}
