// Posthorn is a mail client for the terminal.
package main

import (
	"os"

	"posthorn/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
