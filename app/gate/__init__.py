"""The joint gate (项目布局联合把关): a project and its sites before the planning, land, environment and investment offices."""
