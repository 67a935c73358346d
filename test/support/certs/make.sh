#!/bin/sh
# Makes the certificates that the tests use. Run it only to replace them: they are committed and valid from 2020 to 2120.
# Needs OpenSSL 3. All are issued with `openssl ca`, because the simpler commands cannot date back before OpenSSL 3.4, and
# a test machine's clock may be behind that of the machine that made them.
set -eu
cd "$(dirname "$0")"
FROM=20200101000000Z
rm -f ./*.crt ./*.key ./*.pfx
mkdir work
trap 'rm -rf work' EXIT
touch work/index.txt work/index.txt.attr
echo 01 > work/serial

# $1 name, $2 common name, $3 extensions, $4 end, $5 what signs: a name, or -self
issue() {
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=$2" -out work/request.csr
  printf '[ca]\ndefault_ca=d\n[d]\ndatabase=work/index.txt\nunique_subject=no\nserial=work/serial\nnew_certs_dir=work\ndefault_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\n%b\n' "$3" > work/ca.cnf
  if [ "$5" = -self ]; then signer="-selfsign -keyfile $1.key"; else signer="-cert $5.crt -keyfile $5.key"; fi
  # shellcheck disable=SC2086 # the signer is several words on purpose
  openssl ca -batch -notext -config work/ca.cnf $signer -in work/request.csr -out "$1.crt" -startdate $FROM -enddate "$4"
}

END=21200101000000Z
LOCAL='subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'
issue ca 'Patchbay test CA' 'basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign\nsubjectKeyIdentifier=hash' $END -self
issue localhost localhost "$LOCAL" $END ca
issue wrong-name elsewhere.example 'subjectAltName=DNS:elsewhere.example' $END ca
issue expired localhost "$LOCAL" 20200102000000Z ca
issue client patchbay-client 'extendedKeyUsage=clientAuth' $END ca
issue self-signed localhost "$LOCAL" $END -self

openssl pkcs12 -export -in client.crt -inkey client.key -passout pass:patchbay -out client.pfx
openssl pkcs8 -topk8 -in client.key -passout pass:patchbay -out client-encrypted.key
