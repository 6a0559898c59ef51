package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/docs"
)

func newExplain(std stdio) *cobra.Command {
	return &cobra.Command{
		Use: "explain [CODE]", Short: "Print a rule's page, or list all rules",
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return codes(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				for _, r := range diagnostics.Rules() {
					if _, err := fmt.Fprintf(std.out, "%-26s %-12s %s\n", r.Code, r.Severity, r.Doc); err != nil {
						return environment(err)
					}
				}
				return nil
			}
			page, ok := docs.Rule(args[0])
			if !ok {
				return usage("there is no rule %q; the rules are:\n  %s", args[0], strings.Join(codes(), "\n  "))
			}
			if _, err := fmt.Fprint(std.out, page); err != nil {
				return environment(err)
			}
			return nil
		},
	}
}

func codes() []string {
	var list []string
	for _, r := range diagnostics.Rules() {
		list = append(list, r.Code)
	}
	return list
}
