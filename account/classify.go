package account

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"syscall"
)

// classify says what an error of the standard library means.
func classify(err error) Kind {
	var (
		dns     *net.DNSError
		verify  *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		record  tls.RecordHeaderError
		timeout net.Error
		odd     textproto.ProtocolError
	)
	switch {
	case err == nil:
		return Other
	case errors.As(err, &dns) && dns.IsNotFound:
		return NoSuchHost
	case errors.As(err, &verify), errors.As(err, &unknown), errors.As(err, &name):
		return Untrusted
	case errors.As(err, &record):
		return NoTLS
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH), errors.As(err, &dns):
		return Unreachable
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return TimedOut
	case errors.As(err, &timeout) && timeout.Timeout():
		return TimedOut
	case errors.As(err, &odd):
		return Garbled
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return Lost
	}
	return Other
}

// explain puts the cause into words that need no knowledge of Go.
func explain(k Kind, s Server, err error) error {
	words := map[Kind]string{
		NoSuchHost:  "name not found: " + s.Host,
		Refused:     "connection refused",
		TimedOut:    "no answer in time",
		Unreachable: "network not reachable",
		NoTLS:       "the server does not speak TLS on this port",
		Lost:        "the server closed the connection",
	}[k]
	if k == Untrusted {
		words = "TLS verify: " + certificate(err)
	}
	if words == "" {
		return err
	}
	return &explained{words, err}
}

type explained struct {
	words string
	err   error
}

func (e *explained) Error() string { return e.words }
func (e *explained) Unwrap() error { return e.err }

func certificate(err error) string {
	var verify *tls.CertificateVerificationError
	if errors.As(err, &verify) {
		return verify.Err.Error()
	}
	return err.Error()
}

func advice(k Kind, s Server) string {
	switch k {
	case NoSuchHost:
		return "check the server's name for a typing mistake, and that this machine is online"
	case Refused:
		return fmt.Sprintf("check the port: nothing listens on %d there", s.Port)
	case TimedOut, Unreachable:
		return "check that this machine is online and that no firewall is in the way"
	case Untrusted:
		if s.Fingerprint != "" {
			return "somebody may be listening in: go on only if the server's owner says that its key was changed, and then set the new fingerprint in the config file, or remove the old one"
		}
		return "the certificate cannot be trusted: check the server's name, name its issuer with --ca-file, or trust its key alone with --fingerprint"
	case NoTLS:
		return "try --tls starttls, or another port"
	case BadLogin:
		return "check user name and password; some providers want an app password"
	}
	return ""
}
