"""Pure decisions: the gate, the hours, the policy, what may be written beside a message."""
