// Two clients of other people, unmodified: oauth4webapi and openid-client. Asks for one log-in each, on standard output.
import * as readline from "node:readline";
import * as oauth from "oauth4webapi";
import * as oidc from "openid-client";

const given = JSON.parse(process.argv[2]);
const lines = readline.createInterface({input: process.stdin})[Symbol.asyncIterator]();
const told = {};

async function browser(url) {
    console.log(JSON.stringify({go: url.href}));
    return new URL((await lines.next()).value);
}

const privateKey = await crypto.subtle.importKey("jwk", given.key, {name: "ECDSA", namedCurve: "P-256"}, false, ["sign"]);
const key = {key: privateKey, kid: given.key.kid};

async function withOauth4webapi() {
    const insecure = {[oauth.allowInsecureRequests]: true};
    const issuer = new URL(given.issuer);
    const as = await oauth.processDiscoveryResponse(
        issuer, await oauth.discoveryRequest(issuer, {algorithm: "oauth2", ...insecure}));
    const system = {client_id: given.system};
    for (const [how, proof] of [["secret", oauth.ClientSecretBasic(given.secret)], ["key", oauth.PrivateKeyJwt(key)]]) {
        const answer = await oauth.clientCredentialsGrantRequest(
            as, system, proof, new URLSearchParams({scope: "reports:submit"}), insecure);
        told[`oauth4webapi ${how}`] = await oauth.processClientCredentialsResponse(as, system, answer);
    }
    const token = told["oauth4webapi secret"].access_token;
    const asked = await oauth.introspectionRequest(as, system, oauth.ClientSecretBasic(given.secret), token, insecure);
    told["oauth4webapi introspection"] = await oauth.processIntrospectionResponse(as, system, asked);
    const request = new Request("http://api.example/", {headers: {authorization: `Bearer ${token}`}});
    told["oauth4webapi validated"] = await oauth.validateJwtAccessToken(as, request, "lapor", insecure);

    const app = {client_id: given.app}, verifier = oauth.generateRandomCodeVerifier(), state = oauth.generateRandomState();
    const url = new URL(as.authorization_endpoint);
    url.search = new URLSearchParams({
        client_id: given.app, redirect_uri: given.back, response_type: "code", state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256"}).toString();
    const params = oauth.validateAuthResponse(as, app, await browser(url), state);
    const answer = await oauth.authorizationCodeGrantRequest(
        as, app, oauth.None(), params, given.back, verifier, insecure);
    const tokens = await oauth.processAuthorizationCodeResponse(as, app, answer);
    const refreshed = await oauth.processRefreshTokenResponse(
        as, app, await oauth.refreshTokenGrantRequest(as, app, oauth.None(), tokens.refresh_token, insecure));
    await oauth.processRevocationResponse(
        await oauth.revocationRequest(as, app, oauth.None(), refreshed.refresh_token, insecure));
    told["oauth4webapi code"] = tokens;
    told["oauth4webapi refreshed"] = refreshed;
}

async function withOpenidClient() {
    const how = {algorithm: "oauth2", execute: [oidc.allowInsecureRequests]};
    const issuer = new URL(given.issuer);
    const known = [["secret", oidc.ClientSecretBasic(given.secret)], ["key", oidc.PrivateKeyJwt(key)]];
    for (const [name, proof] of known) {
        const config = await oidc.discovery(issuer, given.system, undefined, proof, how);
        told[`openid-client ${name}`] = await oidc.clientCredentialsGrant(config, {scope: "reports:submit"});
    }
    const config = await oidc.discovery(issuer, given.app, undefined, oidc.None(), how);
    const verifier = oidc.randomPKCECodeVerifier(), state = oidc.randomState();
    const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: given.back, state, code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256"});
    const tokens = await oidc.authorizationCodeGrant(
        config, await browser(url), {pkceCodeVerifier: verifier, expectedState: state});
    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
    await oidc.tokenRevocation(config, refreshed.refresh_token);
    told["openid-client code"] = tokens;
    told["openid-client refreshed"] = refreshed;
}

await withOauth4webapi();
await withOpenidClient();
console.log(JSON.stringify({told}));
process.exit(0);
