import assert from 'node:assert/strict'
import { explained } from '../../../../operator/infrastructure/kafka/explained.ts'

describe('explained', () => {
  const told: Readonly<Record<string, string>> = {
    'Connection error: 40BDE14C767F0000:error:0A000415:SSL routines:ssl3_read_bytes:ssl/tls alert certificate expired:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:918:SSL alert number 45\n':
      "Connection error: ssl/tls alert certificate expired (the brokers don't trust kafka.ssl.certFile, or it has expired)",
    "Connection error: Hostname/IP does not match certificate's altnames: Host: kafka. is not in the cert's altnames":
      "Connection error: Hostname/IP does not match certificate's altnames: Host: kafka. is not in the cert's altnames (the brokers' certificate is for other names than the address that they are reached at)",
    'SASL PLAIN mechanism is not supported by the server':
      'SASL PLAIN mechanism is not supported by the server (kafka.sasl.mechanism is not one that the brokers take)',
    "the token endpoint https://login/token can't be asked: self-signed certificate":
      "the token endpoint https://login/token can't be asked: self-signed certificate (kafka.sasl.oauth.caFile has not its authority)",
    'the token endpoint https://login/token answers 401: invalid_client, Authentication failed':
      'the token endpoint https://login/token answers 401: invalid_client, Authentication failed (kafka.sasl.oauth)',
  }
  for (const [reason, want] of Object.entries(told))
    it(`adds the setting to "${reason.slice(0, 60)}…"`, () => assert.equal(explained(reason), want))

  it('leaves alone what no setting mends', () => {
    for (const reason of ['Connection error: connect ECONNREFUSED 127.0.0.1:9092', 'no answer within 10 s'])
      assert.equal(explained(reason), reason)
  })
})
