// npm oidc-provider, unmodified, with its own pages for development: somebody else's issuer.
import {Provider} from "oidc-provider";

const given = JSON.parse(process.argv[2]);
const person = id => ({accountId: id, claims: () => ({sub: id, email: id, email_verified: true})});
const provider = new Provider(given.issuer, {
    clients: [{
        client_id: given.client, client_secret: given.secret, redirect_uris: [given.back],
        response_types: ["code"], grant_types: ["authorization_code"],
    }],
    claims: {openid: ["sub"], email: ["email", "email_verified"]},
    findAccount: (_, id) => person(id),
    pkce: {required: () => true},
    features: {devInteractions: {enabled: true}},
});
provider.on("server_error", (_, error) => console.error(error));
provider.listen(given.port, "127.0.0.1", () => console.log("ready"));
