// Two verifiers of other people, unmodified: standardwebhooks and svix. Each is given what came, and what was changed on its way.
import * as standard from "standardwebhooks";
import * as svix from "svix";

const {secret, other, messages} = JSON.parse(process.argv[2]);

function takes(Verifier, key, body, headers) {
    try {
        const found = new Verifier(key).verify(body, headers);
        return found ?? JSON.parse(body); // svix tells of a message only whether it is ours
    } catch {
        return null;
    }
}

const told = {};
for (const [name, Verifier] of [["standardwebhooks", standard.Webhook], ["svix", svix.Webhook]]) {
    told[name] = messages.map(({body, headers}) => ({
        whole: takes(Verifier, secret, body, headers),
        changed: takes(Verifier, secret, body.replace("report", "repost"), headers),
        foreign: takes(Verifier, other, body, headers),
    }));
}
console.log(JSON.stringify(told));
