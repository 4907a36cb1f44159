// The health check of a container: exit code 0 if this URL answers with 2xx. The bound is that of the check itself.
const [url = "http://127.0.0.1:8000/health/ready"] = process.argv.slice(2);
const isWell = await fetch(url).then(
  (answer) => answer.ok,
  () => false,
);
process.exit(isWell ? 0 : 1);
