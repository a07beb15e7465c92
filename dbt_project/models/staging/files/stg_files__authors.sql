{{ exported_authors('files') }}
