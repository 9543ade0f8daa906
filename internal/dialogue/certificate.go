package dialogue

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Certificate returns a file with the certificate of servers on this machine, for
// clients that are to trust it.
func Certificate(t testing.TB) (file string) {
	t.Helper()
	cert, err := certificate()
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// certificate makes the certificate, the same one each time.
func certificate() (tls.Certificate, error) {
	key := ed25519.NewKeyFromSeed([]byte("a key of nobody, to play with it"))
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour).Truncate(24 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour).Truncate(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(nil, tmpl, tmpl, key.Public(), key) // whose signatures need no randomness
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// secured puts TLS on the server's side of a connection.
func secured(conn net.Conn) net.Conn {
	return tls.Server(conn, &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		cert, err := certificate()
		return &cert, err
	}})
}
