#!/usr/bin/env bash
# Runs one member of the replica set: its options and those given. mongod takes a key file only where nobody else may
# read it, and a mounted secret is not so: hence the copy, in memory.
set -euo pipefail

key=/tmp/mongodb-keyfile
install --mode=0400 /run/secrets/mongodb-keyfile "$key"

# Lines about slow operations would show what was asked and written. A killed process's open transaction keeps its
# documents locked for the lifetime given.
exec docker-entrypoint.sh mongod \
    --bind_ip_all \
    --keyFile "$key" \
    --slowms 2000000000 \
    --slowOpSampleRate 0 \
    --setParameter transactionLifetimeLimitSeconds=5 \
    "$@"
