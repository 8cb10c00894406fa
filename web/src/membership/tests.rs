mod dues;
mod member;
mod setting;
mod staff;
mod story6;
