{{ exported_orders('files') }}
