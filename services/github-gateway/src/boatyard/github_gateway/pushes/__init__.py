"""The ledger: every push that is known of, what each rule made of it, and what became of the builds."""
