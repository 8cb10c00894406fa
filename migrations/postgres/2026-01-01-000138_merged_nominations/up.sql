-- Two nominations of one person become one: where the other went, and why officers thought so.
ALTER TABLE nominations ADD COLUMN merged_into BIGINT REFERENCES nominations (id);
ALTER TABLE nominations ADD COLUMN merge_reason TEXT NOT NULL DEFAULT '';
