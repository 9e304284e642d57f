"use strict";
// The form of a passkey: what the browser signs is sent as the form's own field. Nothing else on these pages needs a script.
const form = document.getElementById("passkey");
const bytes = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), one => one.charCodeAt(0));
const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function credential() {
    const options = JSON.parse(form.dataset.options);
    options.challenge = bytes(options.challenge);
    for (const known of options.allowCredentials || options.excludeCredentials || []) known.id = bytes(known.id);
    if (form.dataset.makes === "yes") {
        options.user.id = bytes(options.user.id);
        const made = await navigator.credentials.create({publicKey: options});
        return {id: made.id, rawId: text(made.rawId), type: made.type, response: {
            clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject)}};
    }
    const got = await navigator.credentials.get({publicKey: options});
    return {id: got.id, rawId: text(got.rawId), type: got.type, response: {
        clientDataJSON: text(got.response.clientDataJSON), authenticatorData: text(got.response.authenticatorData),
        signature: text(got.response.signature)}};
}

form.addEventListener("submit", async event => {
    event.preventDefault();
    try {
        form.elements.credential.value = JSON.stringify(await credential());
    } catch {
        return; // whoever dismisses the browser's question stays on the page
    }
    form.submit();
});
form.querySelector("button").disabled = false; // before that it would send nothing
