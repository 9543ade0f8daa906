package mail

import (
	netmail "net/mail"
	"strings"
)

// An Address is a mailbox of RFC 5322, section 3.4: a display name, decoded,
// and an addr-spec. A group's name is an Address without an addr-spec.
type Address struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// String returns the address as a person would type it, the name quoted where
// that is needed and never encoded: `"Roe, Ann" <ann@example.org>`.
func (a Address) String() string {
	name := strings.TrimSpace(a.Name)
	if name == "" {
		return a.Address
	}
	// What looks like an encoded word would be decoded where it is read again.
	if strings.ContainsAny(name, `()<>[]:;@\,."`) || strings.Contains(name, "=?") {
		name = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
	}
	if a.Address == "" {
		return name
	}
	return name + " <" + a.Address + ">"
}

// Display returns the name, or the address where there is none.
func (a Address) Display() string {
	if n := strings.TrimSpace(a.Name); n != "" {
		return n
	}
	return a.Address
}

// Is reports whether both name the same mailbox. Case is ignored throughout, as
// every server in use does.
func (a Address) Is(b Address) bool {
	return a.Address != "" && strings.EqualFold(a.Address, b.Address)
}

// Domain returns what follows the last @, in lower case.
func (a Address) Domain() string {
	return strings.ToLower(a.Address[strings.LastIndexByte(a.Address, '@')+1:])
}

// ParseAddresses reads a list of addresses as a person types it, separated by
// commas or semicolons.
func ParseAddresses(s string) ([]Address, error) {
	s = strings.Trim(separators(s), ", \t\r\n")
	if s == "" {
		return nil, nil
	}
	list, err := netmail.ParseAddressList(s)
	if err != nil {
		return nil, err
	}
	out := make([]Address, len(list))
	for i, a := range list {
		spec := (&netmail.Address{Address: a.Address}).String() // with the quotes that a local part needs
		out[i] = Address{Name: a.Name, Address: strings.TrimSuffix(strings.TrimPrefix(spec, "<"), ">")}
	}
	return out, nil
}

// separators turns the semicolons outside of quotes into commas, unless they
// end a group.
func separators(s string) string {
	b, quoted, group := []byte(s), false, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ':':
			group = true
		case c == ';' && group:
			group = false
		case c == ';':
			b[i] = ','
		}
	}
	return string(b)
}

// FormatAddresses joins addresses as a person would type them.
func FormatAddresses(list []Address) string {
	s := make([]string, len(list))
	for i, a := range list {
		s[i] = a.String()
	}
	return strings.Join(s, ", ")
}
