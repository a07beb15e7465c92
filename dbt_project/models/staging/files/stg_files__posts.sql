{{ exported_posts('files', of_ids="'files:'") }}
