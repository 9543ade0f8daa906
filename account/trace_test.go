package account_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"posthorn/account"
	"posthorn/account/imap"
	"posthorn/account/pop3"
	"posthorn/account/smtp"
	"posthorn/account/trace"
	"posthorn/internal/dialogue"
	"posthorn/mail"
)

// A trace tells the dialogue of each protocol, also once it is secured, without
// the password in any form and without what is in a message.
func TestTrace(t *testing.T) {
	plain := base64.StdEncoding.EncodeToString([]byte("\x00ann\x00" + secret))
	for _, test := range []struct {
		protocol string
		script   string
		talk     func(context.Context, account.Server, *trace.Trace) error
		want     []string
	}{
		{"IMAP", `
			S: * OK hello
			C: s1 CAPABILITY
			S: * CAPABILITY IMAP4rev1 STARTTLS
			S: s1 OK
			C: s2 STARTTLS
			S: s2 OK go
			TLS
			C: p1 CAPABILITY
			S: * CAPABILITY IMAP4rev1 AUTH=PLAIN
			S: p1 OK
			C: p2 AUTHENTICATE PLAIN
			S: +
			C: ` + plain + `
			S: p2 OK [CAPABILITY IMAP4rev1] in
			C: p3 LIST *
			S: * LIST () "/" INBOX
			S: p3 OK`,
			func(ctx context.Context, s account.Server, tr *trace.Trace) error {
				src, err := imap.Dial(ctx, imap.Options{Server: s, Login: login(), Trace: tr})
				if err != nil {
					return err
				}
				src.Mailboxes(ctx) // as far as the dialogue goes
				return src.Close()
			},
			[]string{"imap#1 C: s2 STARTTLS", "imap#1 -- TLS: TLS 1.3", "imap#1 C: p2 AUTHENTICATE PLAIN\n", "imap#1 C: [cut]\n", "imap#1 C: p3 LIST", `S: * LIST () "/" INBOX`, "imap#1 -- closed"}},
		{"POP3", `
			S: +OK hello
			C: CAPA
			S: +OK
			S: STLS
			S: .
			C: STLS
			S: +OK go
			TLS
			C: CAPA
			S: +OK
			S: USER
			S: .
			C: USER ann
			S: +OK
			C: PASS ` + secret + `
			S: +OK in
			C: RETR 1
			S: +OK here
			S: Subject: lighthouse
			S: .
			C: QUIT
			S: +OK bye`,
			func(ctx context.Context, s account.Server, tr *trace.Trace) error {
				d, err := pop3.Dial(ctx, pop3.Options{Server: s, Login: login(), Trace: tr})
				if err != nil {
					return err
				}
				if err := d.Retrieve(ctx, account.Waiting{Number: 1}, new(bytes.Buffer)); err != nil {
					return err
				}
				return d.Quit(ctx)
			},
			[]string{"pop3#1 C: STLS", "pop3#1 -- TLS: TLS 1.3", "pop3#1 C: PASS [cut]\n", "pop3#1 S: {21 octets}\n", "pop3#1 S: +OK bye"}},
		{"SMTP", `
			S: 220 hello
			C: EHLO localhost
			S: 250-x
			S: 250 STARTTLS
			C: STARTTLS
			S: 220 go
			TLS
			C: EHLO localhost
			S: 250-x
			S: 250 AUTH PLAIN
			C: AUTH PLAIN ` + plain + `
			S: 235 in
			C: MAIL FROM:<ann@example.org>*
			S: 250 ok
			C: RCPT TO:<ben@example.org>
			S: 250 ok
			C: DATA
			S: 354 go
			C.
			S: 250 taken
			C: QUIT
			S: 221 bye`,
			func(ctx context.Context, s account.Server, tr *trace.Trace) error {
				_, err := smtp.New(smtp.Options{Server: s, Login: login(), Trace: tr}).Send(ctx, mail.Outgoing{From: "ann@example.org", Rcpt: []string{"ben@example.org"}, Raw: []byte("Subject: lighthouse\r\n\r\nthe lighthouse\r\n")}, func([]mail.Result) error { return nil })
				return err
			},
			[]string{"smtp#1 C: STARTTLS", "smtp#1 -- TLS: TLS 1.3", "smtp#1 C: AUTH PLAIN [cut]\n", "smtp#1 C: {39 octets}\n", "smtp#1 S: 250 taken"}},
	} {
		t.Run(test.protocol, func(t *testing.T) {
			addr := dialogue.Listen(t, test.script)
			s := account.Server{Host: "127.0.0.1", Port: addr.Port, TLS: account.StartTLS, CAFile: dialogue.Certificate(t)}
			var out bytes.Buffer
			tr := trace.New(&out, func(s string) string { return s }, func(err error) { t.Error(err) })
			if err := test.talk(t.Context(), s, tr); err != nil {
				t.Fatal(err)
			}
			got := out.String()
			for _, text := range test.want {
				if !strings.Contains(got, text) {
					t.Errorf("%q does not stand in the trace", text)
				}
			}
			for _, text := range []string{secret, plain, base64.StdEncoding.EncodeToString([]byte(secret)), "lighthouse"} {
				if strings.Contains(got, text) {
					t.Errorf("%q stands in the trace", text)
				}
			}
			if t.Failed() {
				t.Log(got)
			}
		})
	}
}
