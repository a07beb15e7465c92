{{ exported_orders('databases') }}
