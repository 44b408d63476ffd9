// The operator's HTTP API for actions. Every action has a key of its own, so that a repeated request acts once.
function freshKey() {
  // Not crypto.randomUUID: that exists only where the page came over HTTPS or from this machine.
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const csrf = () => document.querySelector('meta[name="csrf"]')?.content ?? "";

/** POSTs JSON; the decoded answer. Throws an Error whose message is a sentence for people. */
export async function post(path, body = {}, { seconds = 40 } = {}) {
  let answer;
  try {
    answer = await fetch(`/api/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": freshKey(), "x-csrf-token": csrf() },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(seconds * 1000),
    });
  } catch {
    throw new Error("The service did not answer. Is status_api running?");
  }
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error([found.title ?? `The API answered ${answer.status}.`, found.detail].filter(Boolean).join(" "));
  return found;
}

export async function get(path) {
  const answer = await fetch(`/api/${path}`, { signal: AbortSignal.timeout(30000) });
  if (!answer.ok) throw new Error(`The API answered ${answer.status}.`);
  return answer.json();
}
