#!/bin/sh
# Asks an engine once with curl, in each form that the service takes.
#
#     sh once.sh [URL]          default: http://localhost:1888/v1/private/echo_py
#
# The exit code is curl's: 0; 22 for an error, whose code and message are in the JSON that is printed; 7 without a
# service. It is --fail-with-body that makes an error one for curl; that needs curl 7.76 or newer.
set -eu
url=${1:-http://localhost:1888/v1/private/echo_py}

ask() {
    curl --silent --show-error --fail-with-body "$@" "$url"
    echo
}

# JSON: data stands in Base64, "aGVsbG8=" is "hello". Status 3 says that this is all of it. The service answers within
# the milliseconds of Aiges-Timeout-Ms, with code 10102 if the engine did not.
ask --header 'Aiges-Timeout-Ms: 5000' --data '{
    "parameter": {"echo_py": {"echo.upper": 1}},
    "payload": {"data": {"encoding": "utf8", "status": 3, "text": "aGVsbG8="}}
}'

# Raw body: the bytes of the engine's only input as they are; a file is --data-binary @speech.pcm. The type says what
# they are: audio/*, image/*, video/*, or application/octet-stream. Parameters go into the query: URL?p.echo.upper=1
printf 'any bytes' | ask --header 'Content-Type: application/octet-stream' --data-binary @-

# Multipart: any number of inputs without Base64, each a part; a file is --form 'data=@speech.wav;type=audio/wav'. The
# part "json" has the rest of the request.
ask --form 'json={"parameter": {"echo_py": {"echo.upper": 1}}};type=application/json' \
    --form 'data=in parts;type=text/plain'

# Server-sent events: one request, and every piece of the answer as soon as the engine has it; its text is Base64. An
# error before the first piece is an HTTP error as above; a later one is an event whose header.code is not 0, the last.
ask --no-buffer --header 'Accept: text/event-stream' --data '{
    "payload": {"data": {"encoding": "utf8", "status": 3, "text": "aGVsbG8="}}
}'
