// Package auth chooses and speaks SASL mechanisms (RFC 4422) for the protocols
// of an account. A mechanism is a client of emersion/go-sasl; those that it
// lacks are here.
package auth

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/xdg-go/scram"

	"posthorn/account"
)

// mechanisms are those we speak, the best first: those that prove to know the
// password come before those that show it.
func mechanisms() []string {
	return []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"}
}

// Choose returns a client for the best mechanism that is offered, or for the one
// that the login names. It fails where there is none,
// with an [account.Error] of the kind BadLogin.
func Choose(offered []string, l account.Login, password string) (sasl.Client, error) {
	for _, m := range mechanisms() {
		if l.Mechanism != "" && !strings.EqualFold(l.Mechanism, m) {
			continue
		}
		if slices.ContainsFunc(offered, func(o string) bool { return strings.EqualFold(o, m) }) {
			c, err := client(m, l.User, password)
			return named{c, m}, err
		}
	}
	err := &account.Error{Kind: account.BadLogin, Op: "log in", Advice: "choose another mechanism with --auth"}
	switch {
	case len(offered) == 0:
		err.Err, err.Advice = errors.New("the server offers no way to log in"), "perhaps it does so on another port, or once the connection is secured"
	case l.Mechanism != "":
		err.Err = fmt.Errorf("the server does not offer %s, only: %s", l.Mechanism, strings.Join(offered, " "))
	default:
		err.Err = fmt.Errorf("the server offers no way to log in that Posthorn knows, only: %s", strings.Join(offered, " "))
	}
	return nil, err
}

// named is a client that knows its mechanism.
type named struct {
	sasl.Client
	name string
}

// Name returns the mechanism of a client that [Choose] has returned.
func Name(c sasl.Client) string {
	n, _ := c.(named)
	return n.name
}

func client(mechanism, user, password string) (sasl.Client, error) {
	switch mechanism {
	case "SCRAM-SHA-256":
		return newSCRAM(mechanism, scram.SHA256, user, password)
	case "SCRAM-SHA-1":
		return newSCRAM(mechanism, scram.SHA1, user, password)
	case "CRAM-MD5":
		return &cramMD5{user, password}, nil
	case "PLAIN":
		return sasl.NewPlainClient("", user, password), nil
	}
	return &login{user: user, password: password}, nil
}

// scramClient is SCRAM (RFC 5802, RFC 7677) without channel binding.
type scramClient struct {
	name string
	conv *scram.ClientConversation
}

func newSCRAM(name string, hash scram.HashGeneratorFcn, user, password string) (sasl.Client, error) {
	c, err := hash.NewClient(user, password, "")
	if err != nil { // characters that SASLprep does not know, new ones among them
		if c, err = hash.NewClientUnprepped(user, password, ""); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", name, err)
		}
	}
	return &scramClient{name, c.NewConversation()}, nil
}

// Start returns the client's first message.
func (c *scramClient) Start() (string, []byte, error) {
	first, err := c.conv.Step("")
	return c.name, []byte(first), err
}

// Next answers a challenge. The last one proves that the server knows the
// password too; it is answered by nothing.
func (c *scramClient) Next(challenge []byte) ([]byte, error) {
	s, err := c.conv.Step(string(challenge))
	return []byte(s), err
}

// cramMD5 is CRAM-MD5 (RFC 2195).
type cramMD5 struct{ user, password string }

func (c *cramMD5) Start() (string, []byte, error) { return "CRAM-MD5", nil, nil }

func (c *cramMD5) Next(challenge []byte) ([]byte, error) {
	h := hmac.New(md5.New, []byte(c.password))
	h.Write(challenge)
	return []byte(c.user + " " + hex.EncodeToString(h.Sum(nil))), nil
}

// login is LOGIN, which has no standard: servers ask for the user and then for
// the password, in words that differ.
type login struct {
	user, password string
	asked          int
}

func (l *login) Start() (string, []byte, error) { return "LOGIN", nil, nil }

func (l *login) Next([]byte) ([]byte, error) {
	l.asked++
	switch l.asked {
	case 1:
		return []byte(l.user), nil
	case 2:
		return []byte(l.password), nil
	}
	return nil, sasl.ErrUnexpectedServerChallenge
}
