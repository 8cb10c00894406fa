mod dues;
mod member;
mod setting;
mod story6;
