#!/bin/bash
# Makes the database at the first start, then serves it: what the official image's entry point does with
# POSTGRES_USER, POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE, POSTGRES_DB and PGDATA.
set -euo pipefail

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  password=${POSTGRES_PASSWORD:-$(cat "${POSTGRES_PASSWORD_FILE:?set it or POSTGRES_PASSWORD}")}
  initdb --username "${POSTGRES_USER:=postgres}" --auth-host scram-sha-256 --auth-local trust \
    --encoding UTF8 --pwfile <(echo "$password")
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  pg_ctl --silent --wait start --options "-c listen_addresses=''"
  [ "${POSTGRES_DB:=$POSTGRES_USER}" = postgres ] || createdb --username "$POSTGRES_USER" "$POSTGRES_DB"
  pg_ctl --silent --wait --mode fast stop
fi
exec postgres -c listen_addresses='*' "$@"
