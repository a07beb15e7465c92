{{ exported_posts('databases', of_ids="'databases:' || source_name || ':'") }}
