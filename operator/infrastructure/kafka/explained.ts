/** By the words of a failed connection, what it most often comes from and which setting mends it. */
const causes: readonly (readonly [words: RegExp, cause: string])[] = [
  [/^the token endpoint .*(unable to (verify|get)|self-signed)/, 'kafka.sasl.oauth.caFile has not its authority'],
  [/^the token endpoint/, 'kafka.sasl.oauth'],
  [/^the brokers refuse the access token/, 'kafka.sasl.oauth.scope, or what the brokers want of a token'],
  [/alert (bad certificate|certificate required)/, 'the brokers ask for a certificate, kafka.ssl.certFile'],
  [/alert (certificate|unknown ca)/, "the brokers don't trust kafka.ssl.certFile, or it has expired"],
  [/key values mismatch/, 'kafka.ssl.keyFile is not the key of kafka.ssl.certFile'],
  [/unable to (verify|get)|self-signed/, "kafka.ssl.caFile has not the authority of the brokers' certificate"],
  [/altnames/, "the brokers' certificate is for other names than the address that they are reached at"],
  [/wrong version number|before secure TLS/, 'no TLS at this port of kafka.brokers, which kafka.ssl asks for'],
  [/current SASL state/, 'no login at this port of kafka.brokers, which kafka.sasl asks for'],
  [/mechanism is not supported/, 'kafka.sasl.mechanism is not one that the brokers take'],
  [/authentication failed/i, 'kafka.sasl.username, or what is in kafka.sasl.passwordFile'],
  [/^Closed connection/, 'where it never worked, the brokers ask for kafka.ssl or kafka.sasl at this port'],
]

/** OpenSSL's own form of an alert, of which only the words say something. */
const opensslAlert = /[0-9A-F]{8,}:error:[0-9A-F]+:[^:]*:[^:]*:([^:]*):.*/s

/** `reason` in few words, with its likely cause where there is one that settings mend. */
export function explained(reason: string): string {
  const words = reason.replace(opensslAlert, '$1')
  const cause = causes.find(([pattern]) => pattern.test(words))?.[1]
  return cause === undefined ? words : `${words} (${cause})`
}
