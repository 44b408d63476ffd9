// Signing in: the token goes to the API once and becomes a cookie that scripts cannot read.
document.documentElement.classList.add("js");
const form = document.getElementById("login");
const complaint = document.getElementById("login-error");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  complaint.textContent = "";
  try {
    const answer = await fetch("/api/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: form.elements.token.value.trim() }),
      signal: AbortSignal.timeout(20000),
    });
    if (answer.ok) location.assign(form.dataset.next);
    else complaint.textContent = answer.status === 401 ? "This token is not known." : `Signing in failed (${answer.status}).`;
  } catch {
    complaint.textContent = "The service did not answer.";
  }
});
