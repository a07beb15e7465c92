{{ exported_refunds('files', of_ids="'files:'") }}
