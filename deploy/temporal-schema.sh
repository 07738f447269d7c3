#!/bin/sh
# Makes Temporal's two databases, or brings them up to date.
set -eu
export SQL_PASSWORD="$POSTGRES_PASSWORD"
for name in temporal temporal_visibility; do
  folder=/etc/temporal/schema/postgresql/v12/$([ "$name" = temporal ] && echo temporal || echo visibility)/versioned
  tool="temporal-sql-tool --plugin postgres12 --endpoint postgres --port 5432 --user kiosk --database $name"
  $tool create-database || true
  $tool setup-schema --version 0.0 || true
  $tool update-schema --schema-dir "$folder"
done
