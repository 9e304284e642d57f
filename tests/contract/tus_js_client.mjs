// tus-js-client, unmodified, sends a file over a network that breaks; then another one, which is paused and taken up by its address.
import {readFileSync} from "node:fs";
import {Upload} from "tus-js-client";

const {broken, whole, file, headers, metadata, chunkSize} = JSON.parse(process.argv[2]);

function sends(endpoint, options, start = (upload) => upload.start()) {
    return new Promise((resolve, reject) => {
        const upload = new Upload(readFileSync(file), {
            endpoint, headers, metadata, retryDelays: [0, 50, 100, 200, 400],
            onError: reject, onSuccess: () => resolve(upload.url), ...options,
        });
        start(upload, resolve);
    });
}

function pauses(upload, resolve) {
    upload.options.onChunkComplete = async (_size, accepted, total) => {
        if (accepted < total) {
            await upload.abort();
            resolve(upload.url);
        }
    };
    upload.start();
}

const first = await sends(broken, {});
const begun = await sends(whole, {chunkSize}, pauses);
const second = await sends(whole, {chunkSize, uploadUrl: begun});
const third = await sends(whole, {uploadDataDuringCreation: true});
console.log(JSON.stringify([first, second, third]));
