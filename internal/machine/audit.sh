#!/usr/bin/env bash
# audit.sh: asks for known vulnerabilities in the npm packages that the extension is made of and built with, in those of the second
# validator, and in the Go code that the program calls.
#
# Exit codes: 0 all were asked for and none is known, 1 some are known, 3 none is known, but not all could be asked for.
set -uo pipefail
cd "$(dirname "$0")/../.."
known=0 silent=0

# What npm says of a lock file, as JSON. An answer has auditReportVersion; a registry without this service gives an error instead.
verdict='
  let report = {};
  try { report = JSON.parse(require("fs").readFileSync(0, "utf8")); } catch { report.message = "npm gave no report"; }
  if (report.auditReportVersion === undefined) {
    console.log(`NOT AUDITED: ${report.message ?? report.error?.summary ?? "npm gave no report"}`);
    process.exit(3);
  }
  const of = report.metadata.vulnerabilities.total;
  console.log(`${of} known vulnerabilities in ${report.metadata.dependencies.total} packages`);
  for (const { name, severity, range, via } of Object.values(report.vulnerabilities)) {
    console.log(`  ${severity}: ${name} ${range}: ${via.map(one => one.title ?? one).join("; ")}`);
  }
  process.exit(of > 0 ? 1 : 0);'

for directory in editors/vscode internal/machine/ajv; do
  printf 'npm, %s: ' "$directory"
  (cd "$directory" && npm audit --json 2>/dev/null) | node -e "$verdict"
  case ${PIPESTATUS[1]} in
    0) ;;
    1) known=1 ;;
    *) silent=1 ;;
  esac
done

printf 'Go, ./...: '
report=$(go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./... 2>&1)
case $? in
  0) echo "no known vulnerability is called" ;;
  *)
    # Through `go run` every failure is exit code 1; its last line tells the program's own.
    if [[ $report == *"exit status 3" ]]; then
      printf 'known vulnerabilities are called\n%s\n' "$report"
      known=1
    else
      printf 'NOT AUDITED: %s\n' "$(grep -v '^exit status' <<<"$report" | tail -1)"
      silent=1
    fi
    ;;
esac

[ "$known" = 0 ] || exit 1
[ "$silent" = 0 ] || { echo "Not all could be asked for known vulnerabilities: see NOT AUDITED above." >&2; exit 3; }
