#!/usr/bin/env bash
# Runs the tests of the store, and the invariants, on Amazon's DynamoDB Local instead of the embedded engine.
# Needs Java 17 or newer and Maven. If they are missing, it installs Debian's packages.
# shellcheck source=.ci/lib.sh
. "$(dirname "$0")/lib.sh"

VERSION=2.6.1

echo "verify-engines: the engine of npm start, behind its relay"
TEST_ENGINE=relay HISTORIES="${HISTORIES:-200}" vitest run test/unit/store test/e2e/invariants/reconcile.test.ts

if ! command -v java >/dev/null || ! command -v mvn >/dev/null; then
  echo "verify-engines: installing Java and Maven"
  debian default-jre-headless maven
fi

scratch
cat >"$work/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>engine</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.amazonaws</groupId><artifactId>DynamoDBLocal</artifactId><version>$VERSION</version></dependency>
  </dependencies>
</project>
POM
mvn -q -f "$work/pom.xml" dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$work/lib"

port="$(free_port)"
# It writes a file to the folder where it is started.
(cd "$work" && exec java "-Djava.library.path=$work/lib" -cp "$work/lib/*" \
  com.amazonaws.services.dynamodbv2.local.main.ServerRunner -inMemory -sharedDb -port "$port" >"$work/engine.log" 2>&1) &
started+=("$!")
wait_for_port "$port"

echo "verify-engines: DynamoDB Local $VERSION on port $port"
export DYNAMODB_ENDPOINT="http://127.0.0.1:$port"
HISTORIES="${HISTORIES:-100}" vitest run test/unit/store test/unit/usage test/e2e/invariants
