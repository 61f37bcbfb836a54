#!/bin/sh
# Runs data-on-demand in its image. The URI of the database holds a password, so it comes as a mounted secret and not as
# a variable of the container, which everybody sees who may inspect it.
set -eu

secret=/run/secrets/mongodb-uri

if [ -z "${DATA_ON_DEMAND_MONGODB_URI:-}${DATA_ON_DEMAND_MONGODB_URI_FILE:-}" ] && [ -r "$secret" ]; then
    DATA_ON_DEMAND_MONGODB_URI_FILE=$secret
    export DATA_ON_DEMAND_MONGODB_URI_FILE
fi
if [ "${1:-}" = serve ] && [ -z "${DATA_ON_DEMAND_MONGODB_URI:-}${DATA_ON_DEMAND_MONGODB_URI_FILE:-}" ]; then
    echo "No database: the image has no mongod. Mount its URI as $secret, or set DATA_ON_DEMAND_MONGODB_URI." >&2
    exit 2
fi
exec data-on-demand "$@"
