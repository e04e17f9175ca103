// sops-age-js FILE [env|json|yaml]: prints as JSON what the JavaScript package sops-age reads from a sealed file.
// It finds keys where sops finds them.
import { decryptSops } from "sops-age";

const [path, fileType = "env"] = process.argv.slice(2);
try {
  const values = await decryptSops({ path, fileType });
  process.stdout.write(JSON.stringify(values, null, 2) + "\n");
} catch (error) {
  process.stderr.write(`sops-age-js: ${error.message}\n`);
  process.exitCode = 1;
}
