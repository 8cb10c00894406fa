// Passkeys: the only part of signing in that needs a script. A block with data-passkey ("get" or "create") holds a button
// and two hidden fields; the answer of the authenticator goes into them and the form is sent like any other.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const withIds = (list) => list?.map((entry) => ({ ...entry, id: bytes(entry.id) }));

async function create(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: withIds(options.excludeCredentials),
  };
  const made = await navigator.credentials.create({ publicKey });
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: {
      attestationObject: text(made.response.attestationObject),
      clientDataJSON: text(made.response.clientDataJSON),
      transports: made.response.getTransports?.() ?? [],
    },
  };
}

async function get(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: withIds(options.allowCredentials),
  };
  const proof = await navigator.credentials.get({ publicKey });
  const { authenticatorData, clientDataJSON, signature, userHandle } = proof.response;
  return {
    id: proof.id,
    rawId: text(proof.rawId),
    type: proof.type,
    response: {
      authenticatorData: text(authenticatorData),
      clientDataJSON: text(clientDataJSON),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null,
    },
  };
}

// In words; a person who closes the dialogue gets the same error as one who waits too long.
const words = {
  InvalidStateError: "This device has a passkey for your account already.",
  NotAllowedError: "Nothing was confirmed. Press the button to try again.",
};

for (const block of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  const form = block.closest("form");
  const button = block.querySelector("button");
  const problem = block.querySelector("[data-problem]");
  const say = (message) => { problem.textContent = message; problem.hidden = message === ""; };
  block.hidden = false;
  button.addEventListener("click", async () => {
    say("");
    button.disabled = true;
    try {
      const answer = await fetch(block.dataset.options, {
        method: "POST",
        headers: { "Accept": "application/json", "X-CSRF-Token": form.elements.csrf.value },
      });
      const body = await answer.json();
      if (body.error?.code === "needs_proof") {
        // A fresh proof of identity comes first; the form leads there and returns with what was typed.
        form.requestSubmit();
        return;
      }
      if (!answer.ok) { say(body.error.message); return; }
      const credential = await (block.dataset.passkey === "create" ? create : get)(body.publicKey);
      block.querySelector("[data-ceremony]").value = body.ceremony;
      block.querySelector("[data-credential]").value = JSON.stringify(credential);
      if (block.dataset.way) {
        const way = document.createElement("input");
        Object.assign(way, { type: "hidden", name: block.dataset.way, value: "passkey" });
        form.append(way);
      }
      form.submit();
    } catch (error) {
      say(words[error.name] ?? "The passkey could not be used. Try again, or use another way.");
    } finally {
      button.disabled = false;
    }
  });
}
