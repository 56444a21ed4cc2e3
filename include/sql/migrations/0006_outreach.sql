CREATE SCHEMA outreach;
