#!/usr/bin/env bash
#
# A day with scimbridge by the command line alone; docs/guides/command-line.md tells what
# each step is for. The tests run this file as it stands, against a built-in Graph.
#
#   export SCIMBRIDGE_URL=https://bridge.example.com SCIMBRIDGE_TOKEN=…   # an operator's
#   export TENANT=… CLIENT=… SCIMBRIDGE_GRAPH_SECRET=…                   # of the app registration
#   docs/guides/a-day.sh
#
# GRAPH_HOST names another Graph than Microsoft's, for tests.

set -euo pipefail

customer=Contoso
custom_host=()
if [ -n "${GRAPH_HOST:-}" ]; then
	custom_host=(--cloud custom --authority-host "$GRAPH_HOST" --graph-host "$GRAPH_HOST")
fi

echo "== Morning: a new customer"
scimbridge directory create "$customer"
scimbridge directory graph set "$customer" --tenant "$TENANT" --client "$CLIENT" "${custom_host[@]}"
scimbridge directory graph test "$customer"
scimbridge token create "$customer" --name Entra --access write --expires 8760h

scimbridge directory groups "$customer" --limit 3

echo "== Entra may sign in by OAuth instead: a client, and two secrets for the change-over"
first() { sed -n 's/^ *"id": "\(.*\)",*$/\1/p' | head -n 1; }
client=$(scimbridge client create "$customer" --name "Entra, by OAuth" --output json | first)
scimbridge client secret "$customer" "$client" --output json >secret.json
secret=$(first <secret.json)
rm secret.json
scimbridge client set "$customer" "$client" --token-minutes 120
scimbridge client revoke-secret "$customer" "$client" "$secret"
scimbridge client show "$customer" "$client"

echo "== What would a pull do? The directory is in test mode: it plans and writes nothing"
scimbridge sync "$customer"
run=$(scimbridge run list "$customer" --limit 1 --output json | first)
scimbridge run items "$customer" "$run" --limit 5

echo "== Noon: it looks right, so it counts from now on, every night at half past two"
scimbridge directory set "$customer" --mode production --settle 0s --schedule on --at 02:30 --time-zone Europe/Berlin \
	--guard-users max=20,percent=5,ceiling=200
scimbridge sync "$customer"
scimbridge user list "$customer" --limit 5
user=$(scimbridge user list "$customer" --limit 1 --output json | first)
scimbridge user explain "$customer" "$user"

echo "== Afternoon: the customer's own admin may look, and change nothing"
scimbridge token create "$customer" --admin --name "$customer IT" --access read --output json >customer.json
(
	umask 077
	sed -n 's/^ *"token": "\(.*\)".*$/\1/p' customer.json >customer.token
)
rm customer.json
scimbridge directory list --token-file customer.token
if scimbridge sync "$customer" --token-file customer.token; then
	echo "a reader has started a run" >&2
	exit 1
fi

echo "== Evening: nothing has changed since, and the secret token is changed without a gap"
scimbridge sync "$customer"
old=$(scimbridge token list "$customer" --output json | first)
scimbridge token create "$customer" --name "Entra, next year" --access write --expires 8760h
scimbridge token revoke "$customer" "$old"
scimbridge requests "$customer" --failed
scimbridge audit list --directory "$customer"

echo "== Later: Entra is to send a badge number too"
scimbridge extension set "$customer" - <<'END'
{"id":"urn:contoso:params:scim:schemas:badge:2.0:User","name":"Badge",
 "attributes":[{"name":"number","type":"integer"}]}
END
scimbridge extension list "$customer"
