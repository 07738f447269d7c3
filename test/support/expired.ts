import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const settings = `
[ca]
default_ca = authority
[authority]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = policy
x509_extensions = extensions
[policy]
commonName = supplied
[extensions]
subjectAltName = IP:127.0.0.1
basicConstraints = CA:TRUE
[req]
distinguished_name = name
[name]
`;

/** Makes a certificate for 127.0.0.1 that was good in January 2020 only. */
export function makeExpiredCertificate(folder: string): { readonly key: string; readonly cert: string; readonly file: string } {
  const openssl = (...args: readonly string[]): void => {
    const made = spawnSync('openssl', [...args, '-config', 'settings.cnf'], { cwd: folder });
    if (made.status !== 0) throw new Error('this test needs the openssl program to make a certificate');
  };
  writeFileSync(join(folder, 'settings.cnf'), settings);
  writeFileSync(join(folder, 'index.txt'), '');
  writeFileSync(join(folder, 'serial'), '01\n');
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', ...curve, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=127.0.0.1');
  const times = ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z'];
  openssl('ca', '-batch', '-selfsign', '-keyfile', 'key.pem', '-in', 'request.pem', '-out', 'cert.pem', '-notext', ...times);
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  return { key: read('key.pem'), cert: read('cert.pem'), file: join(folder, 'cert.pem') };
}
