package account

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Fingerprint returns the SHA-256 of a certificate's public key (its
// SubjectPublicKeyInfo, as in RFC 7469, section 2.4): "sha256:" and 64 hex
// digits. It outlives the certificate where that is renewed with the same key.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return fingerprintPrefix + hex.EncodeToString(sum[:])
}

const fingerprintPrefix = "sha256:"

// ParseFingerprint reads a fingerprint as people have it, with or without
// "sha256:" and with or without colons, and returns it as [Fingerprint] does.
func ParseFingerprint(s string) (string, error) {
	digits := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), fingerprintPrefix)
	b, err := hex.DecodeString(strings.ReplaceAll(digits, ":", ""))
	if err != nil || len(b) != sha256.Size {
		return "", fmt.Errorf("%q is not the SHA-256 of a key, which has 64 hex digits", s)
	}
	return fingerprintPrefix + hex.EncodeToString(b), nil
}

// RefusedChain returns the certificates of a server that was not trusted, its
// own first, and none where an error has another reason.
func RefusedChain(err error) []*x509.Certificate {
	var verify *tls.CertificateVerificationError
	if errors.As(err, &verify) {
		return verify.UnverifiedCertificates
	}
	return nil
}

// KeyChanged reports whether a server was not trusted because it has another key
// than the one that was trusted before.
func KeyChanged(err error) bool {
	var changed keyChanged
	return errors.As(err, &changed)
}

// keyChanged says that a server has another key than the trusted one.
type keyChanged struct{ have, want string }

func (k keyChanged) Error() string {
	return fmt.Sprintf("the server has another key than the one you trusted: %s, not %s", k.have, k.want)
}

// pinned has a connection trust one key, whoever has signed for it and however
// old its certificate is.
func pinned(cfg *tls.Config, fingerprint string) {
	cfg.InsecureSkipVerify = true // VerifyConnection does it, also for resumed sessions
	cfg.VerifyConnection = func(state tls.ConnectionState) error {
		have := Fingerprint(state.PeerCertificates[0])
		if strings.EqualFold(have, fingerprint) {
			return nil
		}
		return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: keyChanged{have, fingerprint}}
	}
}
