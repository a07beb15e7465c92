{{ exported_authors('databases') }}
