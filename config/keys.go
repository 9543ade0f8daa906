package config

// A Key documents one key of the file.
type Key struct{ Name, Default, Help string }

// Keys returns the documentation of every key, in the order of the file. The man
// page is made from it.
func Keys() []Key {
	return []Key{
		{"default", "the first account", "the account that mail is sent from where none is named"},
		{"ui.theme", "auto", "auto, dark or light; auto asks the terminal"},
		{"ui.width", "80", "the columns that the text of a message is laid out in at most"},
		{"ui.after", "next", "where one goes on after a message that was being read is archived, deleted or moved: next, previous or list"},
		{"ui.mark_seen", "open", "when a message counts as read: open, manual, or after a time on the screen, as in 2s"},
		{"ui.keep_selection", "false", "true keeps messages selected after something was done to them"},
		{"log.level", "info", "error, warn, info or debug: from which level on something is written to posthorn.log in the state folder, which posthorn log shows; --log-level goes before it"},
		{"keys.COMMAND", "see the table", "the keys of a command, in place of the default ones, as in archive = [\"e\"]; keys that are pressed one after the other have blanks between them, as in [\"g x\"]"},
		{"bind.NAME.keys", "", "the keys of something of your own, which is known by this name then"},
		{"bind.NAME.do", "none", "the commands that it does, one after the other, as in [\"mark-read\", \"move Lists/choir\"]; the table says what can follow a command"},
		{"bind.NAME.run", "none", "a program that it runs in place of commands"},
		{"bind.NAME.input", "message", "what the program gets on its standard input: message, as it is, or selection or conversation, as an mbox"},
		{"bind.NAME.help", "what it does", "what the help says of it"},
		{"account.name", "", "a short name; every account has another"},
		{"account.address", "", "the address that mail is sent from"},
		{"account.full_name", "", "the name that recipients see"},
		{"account.aliases", "none", "other addresses that are yours, as in [\"Ann <ann@example.org>\"]"},
		{"account.signature", "none", "what is put below what you write"},
		{"account.receive", "imap", "imap, pop3 or maildir"},
		{"account.maildir", "in the data folder", "the folder of mail, for pop3 and maildir"},
		{"account.roles.ROLE", "as the server says, or by its name", "the folder that is for drafts, sent, archive, trash or junk, as in archive = \"Old mail\"; for imap"},
		{"account.password.command", "", "a command that prints the password"},
		{"account.password.store", "keyring", "keyring, or file for a file that a passphrase encrypts"},
		{"account.imap.host", "", "the server; the same keys are there for pop3 and smtp"},
		{"account.imap.port", "by tls", "993 or 143; for pop3 995 or 110, for smtp 465 or 587"},
		{"account.imap.tls", "implicit", "implicit, starttls, or none towards this machine"},
		{"account.imap.user", "the address", "who logs in"},
		{"account.imap.auth", "the best offered", "SCRAM-SHA-256, SCRAM-SHA-1, CRAM-MD5, PLAIN or LOGIN; for smtp also none, where everybody may send"},
		{"account.imap.ca_file", "the system's", "a PEM file of the certificates to trust"},
		{"account.imap.fingerprint", "none", "the one key to trust, whoever signed its certificate: sha256: and the 64 hex digits of the SHA-256 of the server's public key; another key is an alarm. Not together with ca_file"},
		{"account.imap.without", "none", "extensions that are not to be used, as in [\"COMPRESS=DEFLATE\"]; doctor names those that are"},
		{"account.imap.insecure", "false", "true allows tls = \"none\" towards any machine"},
	}
}
