"""The broker: what it must hold (table), who may do what (rights), and making it so (plan, apply)."""
