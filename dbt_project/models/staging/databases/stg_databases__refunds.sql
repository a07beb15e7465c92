{{ exported_refunds('databases', of_ids="'databases:' || source_name || ':'") }}
